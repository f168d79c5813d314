"""Anthropic's own Python client against the example `chat`: `python anthropic_client.py URL PID`."""

import os
import signal
import sys
import unittest

import anthropic
from chat import MESSAGES, TEXT, counts, settled

PID = int(sys.argv.pop())
URL = sys.argv.pop()
CLIENT = anthropic.Anthropic(api_key="any", base_url=URL, max_retries=0)


def create(**arguments):
    arguments = {"model": "hare", "messages": MESSAGES, "max_tokens": 100} | arguments
    return CLIENT.messages.create(**arguments)


class Messages(unittest.TestCase):
    def test_an_answer_in_one_piece(self):
        answer = create(max_tokens=3)
        self.assertEqual(answer.type, "message")
        self.assertEqual(answer.content[0].text, "Call me Ishmael. ")
        self.assertEqual(answer.stop_reason, "max_tokens")
        self.assertEqual(answer.usage.output_tokens, 3)

    def test_an_answer_event_by_event(self):
        events = list(create(max_tokens=1, stream=True))
        self.assertEqual(
            [event.type for event in events],
            [
                "message_start",
                "content_block_start",
                "content_block_delta",
                "content_block_stop",
                "message_delta",
                "message_stop",
            ],
        )
        self.assertEqual(events[2].delta.text, "Call ")
        self.assertEqual(events[4].usage.output_tokens, 1)

    def test_the_clients_own_helper_puts_the_events_together_to_the_end(self):
        request = {"model": "hare", "messages": MESSAGES, "max_tokens": 10000}
        with CLIENT.messages.stream(**request) as stream:
            self.assertEqual("".join(stream.text_stream), TEXT)
            self.assertEqual(stream.get_final_message().stop_reason, "end_turn")

    def test_closing_the_stream_stops_the_recital(self):
        before = counts(URL)
        with create(model="tortoise", stream=True) as stream:
            next(event for event in stream if event.type == "content_block_delta")
        after = settled(URL, before)
        self.assertEqual(after["cancelled"], before["cancelled"] + 1)
        self.assertLessEqual(after["recited_words"] - before["recited_words"], 2)

    def test_an_unknown_model_is_told_as_such(self):
        for stream in (False, True):
            with self.assertRaisesRegex(anthropic.NotFoundError, "no model `snail`") as caught:
                create(model="snail", stream=stream)
            self.assertEqual(caught.exception.body["error"]["type"], "not_found_error")

    def test_what_does_not_parse_is_told_with_its_field(self):
        for arguments, message in (
            ({"messages": []}, "`messages` is empty"),
            ({"messages": "hello"}, "`messages`.*invalid type: string"),
            ({"max_tokens": 0}, "`max_tokens`.*nonzero"),
        ):
            with self.assertRaisesRegex(anthropic.BadRequestError, message) as caught:
                create(stream=True, **arguments)
            self.assertEqual(caught.exception.body["error"]["type"], "invalid_request_error")

    # Runs last, by its name, as nothing is left after it.
    def test_when_the_server_gives_up_it_is_an_error_not_an_end(self):
        with self.assertRaisesRegex(anthropic.APIError, "going down"):
            for event in create(model="tortoise", stream=True):
                if event.type == "message_start":
                    os.kill(PID, signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
