// The page that shows the document of the quickstart: `node docs.js URL`. It fetches nothing from
// elsewhere.
import assert from "node:assert/strict";
import { withPage } from "./page.js";

const [url] = process.argv.slice(2);

await withPage(async (page) => {
  const requested = [];
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(`${url}/docs`);
  const operation = page.locator("#notificationsStream");
  await operation.waitFor();
  assert.equal(await page.title(), "Notifications");
  assert.match(await page.locator("header").innerText(), /Notifications, as they happen\./);
  assert.match(await operation.locator("h2").innerText(), /^GET \/topics\/\{topic\}\/events$/);
  const text = await operation.innerText();
  for (const said of [
    "Streams every notification published on a topic.",
    "topic", "limit optional", "Last-Event-ID", "last_event_id",
    `curl -N '${url}/topics/{topic}/events'`,
    "application/problem+json",
  ])
    assert.ok(text.includes(said), `${said}\n\n${text}`);
  const names = await operation.locator("[data-event]").allInnerTexts();
  assert.deepEqual(names, ["any name", "gap", "problem"]);
  assert.ok(requested.every((it) => it.startsWith(url) || it.startsWith("data:")), requested.join("\n"));
});
