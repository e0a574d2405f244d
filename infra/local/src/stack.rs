//! All of it together, started and stopped as one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use testkit::queues::{Queues, Settings};
use tokio::task::JoinSet;

use crate::clock::LocalClock;
use crate::dynamodb::Dynamodb;
use crate::emulator::{Emulator, Launch};
use crate::guard::Guard;
use crate::loopback::{listen, serve};
use crate::poller::Poller;
use crate::schedule::Schedule;
use crate::sqs::Sqs;
use crate::template::{Function, Template};
use crate::world::{Places, World, alerts, identity, mail, secrets, stripe, webhooks};
use crate::{build, gateway, tools};

pub struct Stack {
    pub world: Arc<World>,
    pub sqs: Arc<Sqs>,
    pub places: Places,
    pub emulator: Arc<Emulator>,
    pub dynamodb: Arc<Dynamodb>,
    /// How each function was started.
    pub launches: Vec<Launch>,
    /// Queues that wake a function, each with its size of a batch.
    watched: BTreeMap<String, Arc<AtomicUsize>>,
    keyboard: PathBuf,
    folder: PathBuf,
    _tasks: JoinSet<()>,
    /// Last: it ends the processes and removes the folder.
    _guard: Guard,
}

const WEBHOOK_SECRET: &str = "whsec_local_0123456789abcdef";
const REGION: &str = "eu-central-1";
/// Stands for the function's name in what each has of its own.
const FUNCTION: &str = "{function}";

impl Stack {
    /// Installs what is missing, builds the functions and starts everything. `port` is the start page's; 0: any.
    ///
    /// # Errors
    /// In words for whoever sits at the terminal.
    pub async fn start(port: u16) -> Result<Self, String> {
        let template = Template::read()?;
        let folder = std::env::temp_dir().join(format!("makegood-{}-{}", std::process::id(), token()?));
        let guard = Guard::new(Some(&folder)).map_err(|wrong| format!("sh and cat are needed: {wrong}"))?;
        let (cargo_lambda, binaries) = prepare(&guard, &template).await?;
        std::fs::create_dir_all(&folder).map_err(|wrong| format!("{}: {wrong}", folder.display()))?;
        let clock = Arc::new(LocalClock::new(folder.join("clock")).map_err(|wrong| format!("clock file: {wrong}"))?);
        let world = World::new(Arc::clone(&clock));
        let kills = Arc::clone(&world.kills);
        let sqs = Sqs::new(Arc::clone(&clock), queues(&template), Arc::clone(&kills));

        let mut tasks = JoinSet::new();
        let (world_listener, world_url) = listen(port).await?;
        let (shop_listener, shop_url) = listen(0).await?;
        let (sqs_listener, sqs_url) = listen(0).await?;
        let places = Places {
            shop: shop_url,
            world: world_url,
            console_secret: token()?,
        };
        let smtp = mail::start(Arc::clone(&world))
            .await
            .map_err(|wrong| wrong.to_string())?;
        let (dynamodb, dynamodb_url) = Dynamodb::start(template.table.clone(), Arc::clone(&kills)).await?;
        let known = known(&template, &places, &sqs_url, clock.file());
        fill(&world, &template, &held(&places, &smtp))?;
        let endpoints = endpoints(dynamodb_url, sqs_url, &places);
        let launches = template
            .functions
            .iter()
            .map(|function| launch(function, &binaries, &known, &endpoints));
        let launches = launches.collect::<Result<Vec<_>, _>>()?;
        world.stripe().pages.clone_from(&places.world);
        world.directory().base = scim(&places);
        tasks.spawn(serve(world_listener, world.router()));
        tasks.spawn(serve(sqs_listener, sqs.router()));
        let emulator = Emulator::start(&guard, &cargo_lambda, &folder, launches.clone()).await?;
        kills.begin(&emulator);
        tasks.spawn(serve(
            shop_listener,
            gateway::router(Arc::clone(&emulator), &template.functions),
        ));
        let target = (format!("{}/webhooks/stripe", places.shop), WEBHOOK_SECRET.to_owned());
        world.deliveries.lock().map_err(|_poisoned| "webhooks")?.target = Some(target);
        let keyboard = folder.join("keyboard.env");
        std::fs::write(&keyboard, at_the_keyboard(&known, &endpoints, &places.world))
            .map_err(|wrong| format!("{}: {wrong}", keyboard.display()))?;
        let _first = world.places.set(places.clone());
        let _first = world.aws.set((Arc::clone(&sqs), Arc::clone(&dynamodb)));
        tasks.spawn(webhooks::run(Arc::clone(&world)));
        let watched = wire(&mut tasks, &template.functions, &world, &sqs, &emulator);
        Ok(Self {
            world,
            sqs,
            places,
            emulator,
            dynamodb,
            launches,
            watched,
            keyboard,
            folder,
            _tasks: tasks,
            _guard: guard,
        })
    }

    /// Where the functions' logs are while this lives.
    pub fn logs(&self) -> &Path {
        &self.folder
    }

    /// What the operator's command needs to know, as a file.
    pub fn keyboard(&self) -> &Path {
        &self.keyboard
    }

    /// Moves time forward.
    ///
    /// # Errors
    /// When the functions' clock file cannot be written.
    pub fn advance(&self, by: Duration) -> std::io::Result<()> {
        self.world.advance(by)
    }

    /// From now on so many messages at most are one invocation, whatever the template says.
    pub fn set_batches(&self, size: usize) {
        for batch in self.watched.values() {
            batch.store(size, Ordering::SeqCst);
        }
    }

    /// Waits until nothing moves any more by itself: no message visible, nothing running, no event to deliver. What
    /// waits for a later time does not count.
    ///
    /// # Errors
    /// When it does not come to rest within the limit.
    pub async fn settle(&self, limit: Duration) -> Result<(), String> {
        let at_rest = async {
            let mut busy = self.world.busy.watch();
            let mut quiet_rounds = 0;
            // Twice in a row, since a message may just be on its way from one to the other.
            while quiet_rounds < 3 {
                quiet_rounds = if self.quiet() { quiet_rounds + 1 } else { 0 };
                let _changed = tokio::time::timeout(Duration::from_millis(30), busy.changed()).await;
            }
        };
        tokio::time::timeout(limit, at_rest)
            .await
            .map_err(|_late| format!("not at rest after {} s", limit.as_secs()))
    }

    fn quiet(&self) -> bool {
        self.world.quiet() && self.watched.keys().all(|queue| self.sqs.ready(queue) == 0)
    }
}

/// What the stack needs, installed or built: it takes minutes the first time, and must not keep anybody from stopping.
async fn prepare(guard: &Guard, template: &Template) -> Result<(PathBuf, BTreeMap<String, PathBuf>), String> {
    let group = guard.group();
    let names: Vec<String> = template
        .functions
        .iter()
        .map(|function| function.name.clone())
        .collect();
    let prepared = tokio::task::spawn_blocking(move || {
        let cargo_lambda = tools::cargo_lambda(&group)?;
        Ok((cargo_lambda, build::build(&group, &names)?))
    });
    prepared.await.map_err(|broken| broken.to_string())?
}

fn token() -> Result<String, String> {
    let drawn = getrandom::u64().map_err(|wrong| wrong.to_string())?;
    Ok(format!("{drawn:016x}"))
}

fn queues(template: &Template) -> Queues {
    let mut queues = Queues::default();
    for queue in &template.queues {
        let settings = Settings {
            visibility_ms: queue.visibility_s * 1000,
            delay_ms: 0,
            redrive: queue.redrive.clone(),
        };
        queues.create(&queue.name, settings);
    }
    queues
}

/// What the template's parameters and resources are here.
fn known(template: &Template, places: &Places, sqs: &str, clock: &Path) -> BTreeMap<String, String> {
    let mut known = template.defaults.clone();
    let queues = template.queues.iter();
    known.extend(queues.map(|queue| (queue.name.clone(), format!("{sqs}/000000000000/{}", queue.name))));
    known.extend(
        template
            .secrets
            .keys()
            .map(|secret| (secret.clone(), secrets::arn(secret))),
    );
    let fixed = [
        ("Table", "Table".to_owned()),
        ("AWS::StackName", "local".to_owned()),
        ("Stage", "local".to_owned()),
        ("AlertTopic", format!("arn:aws:sns:{REGION}:000000000000:alerts")),
        (
            "EscalationTopic",
            format!("arn:aws:sns:{REGION}:000000000000:{}", alerts::ESCALATIONS),
        ),
        (
            "AnnouncementTopic",
            format!("arn:aws:sns:{REGION}:000000000000:announcements"),
        ),
        ("ClockFile", clock.display().to_string()),
        ("StripeUrl", places.world.clone()),
        ("PublicUrl", places.shop.clone()),
        ("ConsoleUrl", places.shop.clone()),
        ("ScimUrl", scim(places)),
        ("StepAddresses", format!("licence={}/licences/makegood", places.world)),
        ("MailConfiguration", "local".to_owned()),
        ("MailFrom", "Makegood shop <orders@shop.example>".to_owned()),
        ("MailFinance", "finance@shop.example".to_owned()),
        ("MailService", "service@shop.example".to_owned()),
    ];
    known.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
    known
}

/// What must stay secret, by the name that the functions have for it.
fn held(places: &Places, smtp: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("MAKEGOOD_STRIPE_KEY", format!("{}{FUNCTION}", stripe::KEY)),
        ("MAKEGOOD_STRIPE_WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
        ("MAKEGOOD_SCIM_TOKEN", format!("{}{FUNCTION}", identity::TOKEN)),
        (
            "MAKEGOOD_STEP_SECRETS",
            format!("licence={}", testkit::licences::SECRET),
        ),
        ("MAKEGOOD_SMTP_URL", smtp.to_owned()),
        ("MAKEGOOD_CONSOLE_SECRET", places.console_secret.clone()),
    ])
}

/// Puts into each secret what it is said to hold.
fn fill(world: &World, template: &Template, held: &BTreeMap<&'static str, String>) -> Result<(), String> {
    for (secret, variables) in &template.secrets {
        let function = template.function_of(secret)?;
        for variable in variables {
            let value = held
                .get(variable.as_str())
                .ok_or_else(|| format!("{secret}: the local stack has no {variable}"))?;
            world.put_secret(secret, variable, &value.replace(FUNCTION, &function));
        }
    }
    Ok(())
}

/// Where AWS is here.
fn endpoints(dynamodb: String, sqs: String, places: &Places) -> BTreeMap<String, String> {
    let endpoints = [
        ("DYNAMODB", dynamodb),
        ("SQS", sqs),
        ("SNS", format!("{}/sns", places.world)),
        ("SECRETS_MANAGER", format!("{}/secretsmanager", places.world)),
    ];
    let named = endpoints.map(|(service, url)| (format!("AWS_ENDPOINT_URL_{service}"), url));
    named.into_iter().collect()
}

/// Where the operator's command finds the table, and Stripe.
fn at_the_keyboard(known: &BTreeMap<String, String>, endpoints: &BTreeMap<String, String>, stripe: &str) -> String {
    let of = |all: &BTreeMap<String, String>, name: &str| all.get(name).cloned().unwrap_or_default();
    format!(
        "MAKEGOOD_TABLE={}\nMAKEGOOD_CLOCK_FILE={}\nMAKEGOOD_LIVEMODE=false\nAWS_REGION={REGION}\n\
         AWS_ACCESS_KEY_ID=keyboard\nAWS_SECRET_ACCESS_KEY=local\nAWS_ENDPOINT_URL_DYNAMODB={}\n\
         MAKEGOOD_STRIPE_URL={stripe}\nMAKEGOOD_STRIPE_KEY={}keyboard\n",
        of(known, "Table"),
        of(known, "ClockFile"),
        of(endpoints, "AWS_ENDPOINT_URL_DYNAMODB"),
        stripe::KEY,
    )
}

/// The identity provider's address.
fn scim(places: &Places) -> String {
    format!("{}/scim/v2", places.world)
}

fn launch(
    function: &Function,
    binaries: &BTreeMap<String, PathBuf>,
    known: &BTreeMap<String, String>,
    endpoints: &BTreeMap<String, String>,
) -> Result<Launch, String> {
    let mut environment = endpoints.clone();
    for (variable, of) in &function.environment {
        let value = known.get(of).ok_or_else(|| {
            format!(
                "{}: {variable} refers to {of}, which the local stack does not know",
                function.name
            )
        })?;
        environment.insert(variable.clone(), value.clone());
    }
    for (variable, value) in [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", function.name.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ] {
        environment.insert(variable.to_owned(), value.to_owned());
    }
    let binary = binaries
        .get(&function.name)
        .ok_or_else(|| format!("{} has no binary", function.name))?
        .clone();
    Ok(Launch {
        name: function.name.clone(),
        binary,
        environment,
    })
}

/// Triggers and schedules, as the template says.
fn wire(
    tasks: &mut JoinSet<()>,
    functions: &[Function],
    world: &Arc<World>,
    sqs: &Arc<Sqs>,
    emulator: &Arc<Emulator>,
) -> BTreeMap<String, Arc<AtomicUsize>> {
    let mut watched = BTreeMap::new();
    for function in functions {
        let limit = Duration::from_secs(function.timeout_s);
        for trigger in &function.triggers {
            let batch = Arc::new(AtomicUsize::new(trigger.batch));
            watched.insert(trigger.queue.clone(), Arc::clone(&batch));
            let poller = Poller {
                queue: trigger.queue.clone(),
                batch,
                function: function.name.clone(),
                limit,
                sqs: Arc::clone(sqs),
                functions: Arc::clone(emulator),
                clock: Arc::clone(&world.clock),
                busy: world.busy.clone(),
            };
            tasks.spawn(poller.run());
        }
        for (input, every) in &function.schedules {
            let schedule = Schedule {
                function: function.name.clone(),
                input: input.clone(),
                every: *every,
                limit,
                emulator: Arc::clone(emulator),
                world: Arc::clone(world),
                moved: world.clock.moved(),
                jumps: world.count_jumps(),
            };
            tasks.spawn(schedule.run());
        }
    }
    watched
}
