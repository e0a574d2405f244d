"""Stripe's own SDK as a client of our local Stripe: each thing that a shop does, as the SDK expects it answered.

Reads {"url": ...}; prints, for each check, what went wrong, or null.
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import stripe

client = stripe.StripeClient("rk_test_local", base_addresses={"api": json.load(sys.stdin)["url"]}, max_network_retries=0)
checks = {}


def check(act):
    try:
        act()
        checks[act.__name__] = None
    except Exception as wrong:
        checks[act.__name__] = f"{type(wrong).__name__}: {wrong}"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


def open_page(**more):
    price = {"currency": "gbp", "unit_amount": 48000, "product_data": {"name": "Team plan"}}
    return client.v1.checkout.sessions.create({
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "https://shop.example/?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/",
        "expires_at": int(time.time()) + 7200,
        **more,
    })


def pay(session):
    body = urllib.parse.urlencode({"pay": "yes"}).encode()
    try:
        urllib.request.build_opener(Stay).open(session.url, body)
    except urllib.error.HTTPError as redirect:
        assert redirect.code == 303, redirect.code
    return client.v1.checkout.sessions.retrieve(session.id)


def held():
    session = open_page(payment_intent_data={"capture_method": "manual"})
    return client.v1.payment_intents.retrieve(pay(session).payment_intent)


def refuses(kind, code, act):
    try:
        act()
    except kind as refused:
        assert code is None or refused.code == code, refused.code
    else:
        raise AssertionError("it was not refused")


def a_session_is_opened_and_paid():
    session = open_page()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    paid = pay(session)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    intent = client.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.status, intent.amount_received) == ("succeeded", 48000)


def held_money_is_captured_once():
    intent = held()
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 48000)
    taken = client.v1.payment_intents.capture(intent.id)
    assert (taken.status, taken.amount_received) == ("succeeded", 48000)
    refuses(stripe.InvalidRequestError, None, lambda: client.v1.payment_intents.capture(intent.id))


def held_money_is_released():
    released = client.v1.payment_intents.cancel(held().id)
    assert (released.status, released.amount_received) == ("canceled", 0)


def a_page_expires_once():
    session = open_page()
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    refuses(stripe.InvalidRequestError, None, lambda: client.v1.checkout.sessions.expire(session.id))


def parts_are_refunded_and_never_more_than_all():
    intent = pay(open_page()).payment_intent
    for amount in (10000, 38000):
        made = client.v1.refunds.create({"payment_intent": intent, "amount": amount, "metadata": {"because": "A reason."}})
        assert (made.status, made.amount, made.metadata["because"]) == ("succeeded", amount, "A reason.")
    refuses(stripe.InvalidRequestError, "charge_already_refunded", lambda: client.v1.refunds.create({"payment_intent": intent}))
    listed = list(client.v1.refunds.list({"payment_intent": intent, "limit": 1}).auto_paging_iter())
    assert [refund.amount for refund in listed] == [38000, 10000], listed


def a_key_answers_again_and_only_for_the_same():
    intent = pay(open_page()).payment_intent
    once = lambda amount: client.v1.refunds.create({"payment_intent": intent, "amount": amount}, {"idempotency_key": f"key-{intent}"})
    first, again = once(100), once(100)
    assert first.id == again.id
    assert again.last_response.headers.get("Idempotent-Replayed") == "true", dict(again.last_response.headers)
    refuses(stripe.IdempotencyError, None, lambda: once(200))


def a_reason_is_written_on_the_payment():
    intent = pay(open_page()).payment_intent
    client.v1.payment_intents.update(intent, {"metadata": {"because": "A reason."}})
    assert client.v1.payment_intents.retrieve(intent).metadata["because"] == "A reason."


def everything_is_listed_over_pages():
    for listed, kind in (
        (client.v1.checkout.sessions, "checkout.session"),
        (client.v1.payment_intents, "payment_intent"),
        (client.v1.events, "event"),
    ):
        found = [entry.id for entry in listed.list({"limit": 2}).auto_paging_iter()]
        assert len(found) > 2 and len(found) == len(set(found)), (kind, found)
    types = {event.type for event in client.v1.events.list({"limit": 100}).auto_paging_iter()}
    assert {"checkout.session.completed", "payment_intent.canceled", "refund.created"} <= types, types


def what_is_not_there_is_missing():
    refuses(stripe.InvalidRequestError, "resource_missing", lambda: client.v1.payment_intents.retrieve("pi_none"))


for act in (
    a_session_is_opened_and_paid,
    held_money_is_captured_once,
    held_money_is_released,
    a_page_expires_once,
    parts_are_refunded_and_never_more_than_all,
    a_key_answers_again_and_only_for_the_same,
    a_reason_is_written_on_the_payment,
    everything_is_listed_over_pages,
    what_is_not_there_is_missing,
):
    check(act)
print(json.dumps({"version": stripe.VERSION, "checks": checks}))
