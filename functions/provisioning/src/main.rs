use std::process::ExitCode;

use adapters::lambda::queue::{self, nudged};
use adapters::lambda::{log, start};
use adapters::systems::{Systems, SystemsConfig};
use provisioning::handler::{handle, measured, on_schedule};

fn main() -> ExitCode {
    start(
        "provisioning",
        &["MAKEGOOD_SCIM_URL"],
        SystemsConfig::read,
        async |store, client, systems| {
            let systems = Systems::new(systems, client);
            let scheduled = async |schedule: &str| {
                let ran = on_schedule(&store, &systems, schedule).await;
                let ran = ran.map_err(|trouble| trouble.to_string())?;
                log::measure(&measured(ran));
                Ok(())
            };
            queue::serve(
                "provisioning",
                || store.refresh(),
                scheduled,
                async |record| nudged(record, async |nudge| handle(&store, &systems, nudge).await).await,
            )
            .await
        },
    )
}
