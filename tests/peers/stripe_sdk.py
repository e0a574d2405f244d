"""Stripe's own SDK, asked one question: JSON comes in, JSON goes out."""

import json
import sys

import stripe

asked = json.load(sys.stdin)

if asked["what"] == "sign":
    signed = f"{asked['at']}.{asked['body']}"
    signature = stripe.WebhookSignature._compute_signature(signed, asked["secret"])
    print(json.dumps({"header": f"t={asked['at']},v1={signature}"}))
elif asked["what"] == "verify":
    try:
        event = stripe.Webhook.construct_event(asked["body"], asked["header"], asked["secret"])
        print(json.dumps({"accepted": event.id}))
    except stripe.SignatureVerificationError as no:
        print(json.dumps({"refused": str(no)}))
elif asked["what"] == "look":
    client = stripe.StripeClient("rk_test_local", base_addresses={"api": asked["url"]})
    intent = client.v1.payment_intents.retrieve(asked["payment"])
    refunds = client.v1.refunds.list({"payment_intent": asked["payment"]})
    found = [{"because": refund.metadata["because"], "status": refund.status, "reason": refund.reason} for refund in refunds.data]
    print(json.dumps({"received": intent.amount_received, "because": intent.metadata["because"], "refunds": found}))
