"""A mail server that nobody here wrote: aiosmtpd with STARTTLS and sign-in, under an authority of its own.

It writes its authority's certificate and then, as JSON, each mail as Python's own reader understands it.
"""

import asyncio
import json
import sys
from email import message_from_bytes, policy

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

authority = trustme.CA()
certificate = authority.issue_cert("localhost", "127.0.0.1")


def say(what):
    print(json.dumps(what), flush=True)


class Postmaster:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "450 4.2.0 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        say({
            "to": envelope.rcpt_tos,
            "protected": session.ssl is not None,
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "kind": mail.get_content_type(),
            "texts": {part.get_content_type(): part.get_content() for part in mail.iter_parts()},
        })
        return "250 taken"


def sign_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"shop", b"secret"))


class Server(Controller):
    def factory(self):
        import ssl

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        return SMTP(
            self.handler,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=sign_in,
        )


say({"authority": authority.cert_pem.bytes().decode()})
Server(Postmaster(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
asyncio.new_event_loop().run_forever()
