"""OpenAI's own Python client against the example `chat`: `python openai_client.py URL PID`."""

import os
import signal
import sys
import unittest

import openai
from chat import MESSAGES, TEXT, counts, settled

PID = int(sys.argv.pop())
URL = sys.argv.pop()
CLIENT = openai.OpenAI(api_key="any", base_url=f"{URL}/v1", max_retries=0)


def create(**arguments):
    arguments = {"model": "hare", "messages": MESSAGES} | arguments
    return CLIENT.chat.completions.create(**arguments)


class Completions(unittest.TestCase):
    def test_an_answer_in_one_piece(self):
        answer = create(max_tokens=3)
        self.assertEqual(answer.object, "chat.completion")
        self.assertEqual(answer.choices[0].message.content, "Call me Ishmael. ")
        self.assertEqual(answer.choices[0].finish_reason, "length")
        self.assertEqual(answer.usage.total_tokens, 5)

    def test_an_answer_in_chunks_to_its_end(self):
        chunks = list(create(stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        self.assertEqual(text, TEXT)
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")

    def test_usage_comes_last_where_it_is_asked_for(self):
        chunks = list(create(max_tokens=4, stream=True, stream_options={"include_usage": True}))
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage.completion_tokens, 4)

    def test_the_clients_own_helper_puts_the_chunks_together(self):
        request = {"model": "hare", "messages": MESSAGES}
        with CLIENT.chat.completions.stream(**request) as stream:
            stream.until_done()
            answer = stream.get_final_completion()
        self.assertEqual(answer.choices[0].message.content, TEXT)

    def test_closing_the_stream_stops_the_recital(self):
        before = counts(URL)
        with create(model="tortoise", stream=True) as stream:
            next(chunk for chunk in stream if chunk.choices[0].delta.content)
        after = settled(URL, before)
        self.assertEqual(after["cancelled"], before["cancelled"] + 1)
        self.assertLessEqual(after["recited_words"] - before["recited_words"], 2)

    def test_an_unknown_model_is_told_as_such(self):
        for stream in (False, True):
            with self.assertRaisesRegex(openai.NotFoundError, "no model `snail`") as caught:
                create(model="snail", stream=stream)
            self.assertEqual(caught.exception.code, "model_not_found")
            self.assertEqual(caught.exception.param, "model")

    def test_what_does_not_parse_is_told_with_its_field(self):
        for arguments, message in (
            ({"messages": []}, "`messages` is empty"),
            ({"messages": "hello"}, "`messages`.*invalid type: string"),
            ({"max_tokens": 0}, "`max_tokens`.*nonzero"),
        ):
            with self.assertRaisesRegex(openai.BadRequestError, message) as caught:
                create(stream=True, **arguments)
            self.assertEqual(caught.exception.type, "invalid_request_error")

    # Runs last, by its name, as nothing is left after it.
    def test_when_the_server_gives_up_it_is_an_error_not_an_end(self):
        with self.assertRaisesRegex(openai.APIError, "going down"):
            for chunk in create(model="tortoise", stream=True):
                if chunk.choices[0].delta.role:
                    os.kill(PID, signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
