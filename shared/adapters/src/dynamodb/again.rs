//! What passes by itself and the SDK does not know: a write that meets a transaction on the same item. It is sent again as
//! the SDK sends again whatever was throttled: a few times, each a little later.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

#[derive(Debug)]
pub(super) struct MetATransaction;

impl ClassifyRetry for MetATransaction {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = context.output_or_error().and_then(Result::err);
        let passes = failed
            .and_then(|failed| failed.as_operation_error())
            .is_some_and(|error| one_write(error) || transaction(error));
        if passes {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "met a transaction"
    }
}

fn one_write(error: &Error) -> bool {
    let put = error
        .downcast_ref::<PutItemError>()
        .and_then(ProvideErrorMetadata::code);
    let update = error
        .downcast_ref::<UpdateItemError>()
        .and_then(ProvideErrorMetadata::code);
    put.or(update) == Some("TransactionConflictException")
}

/// A transaction that was cancelled for nothing but what passes.
fn transaction(error: &Error) -> bool {
    const PASSES: [&str; 4] = [
        "None",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ];
    let Some(TransactWriteItemsError::TransactionCanceledException(why)) = error.downcast_ref() else {
        return false;
    };
    let reasons = why.cancellation_reasons();
    reasons
        .iter()
        .all(|reason| reason.code().is_none_or(|code| PASSES.contains(&code)))
}
