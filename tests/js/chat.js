// What the tests of the example `chat` share.
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

export const TEXT = await readFile(new URL("../../examples/chat.txt", import.meta.url), "utf8");

export const counts = async (url) => (await fetch(`${url}/usage`)).json();

// The counts once one more request than `before` is over.
export const settled = async (url, before) => {
  for (let tries = 0; tries < 500; tries += 1) {
    const now = await counts(url);
    if (now.requests > before.requests) return now;
    await setTimeout(10);
  }
  throw new Error("the request is not over");
};
