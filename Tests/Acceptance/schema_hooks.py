"""Loaded by schemathesis: leads random calls to objects that exist, gives some a body that fits them, and notes what was
answered.

Random ids name nothing, and a service that answers 404 to everything violates no schema."""
import json
import os
import random
from pathlib import Path

import schemathesis

import loopback_hooks  # noqa: F401

# The service reads no more of a JSON body than 1 MiB, and of what follows its refusal some more; whoever goes on writing
# finds the connection closed, which is no answer that a schema could describe.
LONGEST_BODY = 2 << 20
SEEDS = json.loads(Path(os.environ["SCHEMA_SEEDS"]).read_text())
PATHS, BODIES = SEEDS["paths"], SEEDS["bodies"]
ANSWERS = Path(os.environ["SCHEMA_ANSWERS"])
chance = random.Random(1)


@schemathesis.hook
def before_call(context, case, **kwargs):
    if isinstance(case.body, (dict, list)) and len(json.dumps(case.body, default=str)) > LONGEST_BODY:
        case.body = {"too": "long"}
    path = case.operation.path
    body = BODIES.get(f"{case.method.upper()} {path}")
    if body and chance.random() < 0.2:
        unique = f"{chance.getrandbits(64):x}"
        case.body = json.loads(json.dumps(body).replace("UNIQUE", unique))
    if chance.random() < 0.2:
        return
    for prefix, objects in PATHS.items():
        # What is there is not deleted: whatever comes later needs it.
        if path == prefix and case.method.upper() == "DELETE":
            continue
        if path == prefix or path.startswith(f"{prefix}/"):
            case.path_parameters = {**(case.path_parameters or {}), **chance.choice(objects)}


@schemathesis.hook
def after_call(context, case, response):
    with ANSWERS.open("a") as answers:
        answers.write(f"{case.method.upper()} {case.operation.path} {response.status_code}\n")
