"""Messages in the development outbox, and what is in them."""
import email
import email.policy
import re
import time

# The last message of each recipient that a test has taken: the next one it asks for is a later one.
taken = {}


def messages(service, recipient):
    """What was sent to somebody, by file name, oldest first."""
    found = {}
    for path in sorted((service.data / "outbox").glob("[!.]*")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if message["To"] == recipient:
            body = message.get_body(("plain",)) if path.suffix == ".eml" else message
            found[path.name] = contents(body.get_content() if path.suffix == ".eml" else body.get_payload())
    return found


def contents(text):
    code, link = re.search(r"\b\d{6}\b", text), re.search(r"https://\S+", text)
    return {"text": text, "code": code and code[0], "link": link and link[0]}


def newest(service, recipient, seconds=10):
    """The message with a code or a link that was sent to somebody since the last one that was taken. What only tells its
    reader of something, such as a new factor, is passed over."""
    deadline = time.monotonic() + seconds
    key = (str(service.data), recipient)
    while time.monotonic() < deadline:
        fresh = {
            name: message for name, message in messages(service, recipient).items()
            if name > taken.get(key, "") and (message["code"] or message["link"])
        }
        if fresh:
            taken[key] = max(fresh)
            return fresh[taken[key]]
        time.sleep(0.05)
    raise AssertionError(f"nothing was sent to {recipient}")
