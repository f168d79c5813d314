// `run.ts` in a page of the server that it subscribes to: `node browser.js URL`.
import { withPage } from "../browser/page.js";

const [url] = process.argv.slice(2);
await withPage(async (page) => {
  await page.goto(url);
  // The page's own origin is the base; a cookie can only be the browser's.
  await page.evaluate(() => globalThis.bundle.run(""));
});
