// The page of the ticker: `node ticker.js URL`. It says `restart` when the server is to be stopped, and
// started again on the same port.
import assert from "node:assert/strict";
import { says, withPage } from "./page.js";

const [url] = process.argv.slice(2);

// Waits until the server has published so many quotes of a symbol that changes often.
async function passes(count) {
  const aborter = new AbortController();
  const response = await fetch(`${url}/quotes?symbol=AAA`, { signal: aborter.signal });
  let first, text = "";
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    const ticks = [...text.matchAll(/"tick":(\d+),/g)].map(([, tick]) => Number(tick));
    first ??= ticks[0];
    if (ticks.at(-1) >= first + count) break;
  }
  aborter.abort();
}

// Waits until something has happened that begins so; what it says.
async function happens(page, beginning) {
  const item = page.locator("#log span", { hasText: new RegExp(`^${beginning}`) }).first();
  await item.waitFor();
  return await item.textContent();
}

// Waits until a figure of the page is this.
const figure = (page, id, text) => page.locator(`#${id}`).filter({ hasText: new RegExp(`^${text}$`) }).waitFor();

// Waits until the plot has so many columns of an ink of its legend, between these parts of its height.
const plots = (page, ink, columns, from, to) => page.waitForFunction(([ink, columns, from, to]) => {
  const { width, height } = document.getElementById("plot");
  const pen = document.getElementById("plot").getContext("2d", { willReadFrequently: true });
  const colour = getComputedStyle(document.getElementById(ink)).color.match(/\d+/g).map(Number);
  const { data } = pen.getImageData(0, from * height, width, (to - from) * height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (colour.every((value, channel) => data[at + channel] === value)) found.add(at / 4 % width);
  }
  return found.size >= columns;
}, [ink, columns, from, to]);

await withPage(async (page) => {
  const speed = (name) => page.getByRole("radio", { name }).check();
  await page.goto(url);
  await says(page, "Connected");
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await plots(page, "arrived-ink", 8, 0, 0.37);
    await plots(page, "lag-ink", 8, 0.7, 1);
  }
  await page.locator("#prices li").nth(30).waitFor();

  await speed("Stalled");
  await says(page, "Connected, and stalled");
  await passes(200);
  await speed("Full speed");
  const caughtUp = await happens(page, "Up to date .* after the link was stalled");
  const [, replaced] = caughtUp.match(/ ([\d,]+) were replaced by newer ones, none is missing$/);
  assert.ok(Number(replaced.replaceAll(",", "")) > 100, caughtUp);
  await plots(page, "replaced-ink", 1, 0.37, 0.7);

  await speed("32 kB/s");
  await says(page, "Connected, and slow");
  await passes(200);
  await speed("Full speed");
  await happens(page, "Up to date .* after the link became slow: .*, none is missing");

  await page.getByRole("button", { name: "Drop the connection" }).click();
  await says(page, "Dropped, coming back…");
  await happens(page, "Resumed after .*, where this page was");
  await happens(page, "Up to date .* after the connection was dropped: .*, none is missing");
  await figure(page, "resumed", "1");
  await figure(page, "gaps", "0");

  console.log("restart");
  await says(page, "Connection lost, reconnecting…");
  await happens(page, "Gap: some quotes .* the server has started anew");
  await says(page, "Connected");
  await figure(page, "gaps", "1");

  const symbols = page.getByLabel("Symbols");
  await symbols.fill("aac, AAB");
  await symbols.press("Enter");
  await happens(page, "Watching AAC, AAB");
  await page.waitForFunction(() => {
    const symbols = document.querySelectorAll("#prices b");
    return [...symbols].map((symbol) => symbol.textContent).join() === "AAB,AAC";
  });
  // The address has them, for when the page is loaded again.
  await page.reload();
  await happens(page, "Watching AAC, AAB");

  await symbols.fill("ZZZ");
  await symbols.press("Enter");
  await says(page, "The server refuses this");
  await happens(page, "there is no symbol `ZZZ`");
});
