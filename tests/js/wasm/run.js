// Has a page call what `tests/page` exports: `node run.js DIRECTORY cuts|situations URL`, where the directory
// has the module and its glue. It fails where anything is wrong.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withPage } from "../browser/page.js";
import { situations } from "./situations.js";

const [directory, what, url] = process.argv.slice(2);
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

const mains = {
  async cuts(page) {
    const came = await page.evaluate((url) => globalThis.rust.cuts(url), url);
    return came === "10000" ? [] : [`it reads ${came}`];
  },
  situations: (page) => page.evaluate(situations, url),
};

let wrong;
await withPage(async (page) => {
  page.setDefaultTimeout(0);
  await page.route("**/rust/*", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1);
    const body = await readFile(join(directory, name));
    await route.fulfill({ body, contentType: TYPES[name.split(".").at(-1)] });
  });
  page.on("console", (message) => {
    // A panic; what a browser says of connections that break begins otherwise.
    if (message.text().startsWith("panicked at")) console.error(message.text());
  });
  await page.goto(url);
  await page.evaluate(async () => {
    globalThis.rust = await import("/rust/page.js");
    await globalThis.rust.default({ module_or_path: "/rust/page_bg.wasm" });
  });
  wrong = await mains[what](page);
});
for (const what of wrong) console.error(what);
process.exitCode = wrong.length === 0 ? 0 : 1;
