// The page of the quickstart while its server restarts: `node restart.js URL`. It says `restart` when
// the server is to be stopped, started again on the same port, and given a notification `early`.
import assert from "node:assert/strict";
import { messages, publish, says, withPage } from "./page.js";

const [url] = process.argv.slice(2);

await withPage(async (page) => {
  await page.goto(`${url}/?topic=lunch`);
  await says(page, "Connected");
  await publish(page, "alert", "soup is ready");
  await publish(page, "a type of one's own", "salad is, too");
  // A page that is loaded again shows all that there is.
  await page.reload();
  await page.getByText("salad is, too").waitFor();

  console.log("restart");
  await says(page, "Connection lost, reconnecting…");
  await says(page, "Connected");
  await page.getByText("early").waitFor();
  await publish(page, "alert", "late");
  assert.deepEqual(await messages(page), [
    "soup is ready",
    "salad is, too",
    "the server has started anew, without what it had before",
    "early",
    "late",
  ]);
});
