"""scim2-tester against a provider: JSON of what to check comes in, JSON of what each check said goes out."""

import importlib.metadata
import json
import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

asked = json.load(sys.stdin)
headers = {"Authorization": f"Bearer {asked['token']}"}
with httpx2.Client(base_url=asked["url"], headers=headers, trust_env=False) as http:
    results = check_server(SyncSCIMClient(http))
said = [
    {"check": result.title, "of": result.resource_type, "status": result.status.name, "reason": result.reason}
    for result in results
]
print(json.dumps({"version": importlib.metadata.version("scim2-tester"), "results": said}))
