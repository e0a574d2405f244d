use std::process::ExitCode;

use adapters::brake::acknowledge_within;
use adapters::lambda::queue;
use adapters::lambda::{log, start};
use adapters::teller::{Teller, TellerConfig};
use notification::handler::{self, on_schedule};

fn main() -> ExitCode {
    start(
        "notification",
        &[],
        |env| (TellerConfig::read(env), acknowledge_within(env)),
        async |store, client, (teller, within)| {
            let teller = Teller::new(teller, &client)?;
            let scheduled = async |schedule: &str| {
                let measures = on_schedule(&store, &teller, within, schedule).await;
                let measures = measures.map_err(|trouble| trouble.to_string())?;
                log::measure(&measures);
                Ok(())
            };
            queue::serve(
                "notification",
                || store.refresh(),
                scheduled,
                async |record| handler::record(&store, &teller, record).await,
            )
            .await
        },
    )
}
