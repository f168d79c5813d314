"""What the tests of the example `chat` share."""

import json
import pathlib
import time
import urllib.request

TEXT = (pathlib.Path(__file__).parents[2] / "examples/chat.txt").read_text("utf-8")
MESSAGES = [{"role": "user", "content": "Recite it."}]


def counts(url):
    with urllib.request.urlopen(f"{url}/usage") as response:
        return json.load(response)


def settled(url, before):
    """The counts once one more request than `before` is over."""
    for _ in range(500):
        now = counts(url)
        if now["requests"] > before["requests"]:
            return now
        time.sleep(0.01)
    raise AssertionError("the request is not over")
