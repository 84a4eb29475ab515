"""Messages that wait to be sent, read from the tenant's file, and what is in them."""
import json
import sqlite3


def messages(service, tenant, recipient):
    """The values of what was sent to somebody, oldest first."""
    found = []
    for path in service.data.rglob("*.sqlite"):
        if path.name == "directory.sqlite":
            continue
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if "outbox" not in tables:
                continue
            clients = {row[0] for row in db.execute("SELECT client_id FROM clients")}
            if tenant.management_client["client_id"] not in clients:
                continue
            found += [json.loads(row[0]) for row in db.execute(
                'SELECT "values" FROM outbox WHERE recipient = ? ORDER BY created_at, rowid', (recipient,))]
    return found


def newest(service, tenant, recipient):
    waiting = messages(service, tenant, recipient)
    assert waiting, f"nothing was sent to {recipient}"
    return waiting[-1]
