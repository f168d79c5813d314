// Runs the `main` of a module here, in the oldest Node.js that is promised, or in a page:
// `node run.js node|node20|browser MODULE URL`. It fails where `main` returns anything that is wrong.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { withPage } from "../browser/page.js";
import { addModule, bundle, pathOf } from "./bundle.js";

const [where, module, url] = process.argv.slice(2);
const node20 = pathOf(`../node_modules/node-20-linux-${process.arch}/bin/node`);

const runs = {
  // The sources as they are: Node.js takes the types away.
  async node() {
    const { main } = await import(pathToFileURL(pathOf(module)).href);
    return await main(url, "node");
  },
  async node20() {
    const directory = await mkdtemp(join(tmpdir(), "sse-node-"));
    try {
      const file = join(directory, "bundle.mjs");
      const call = `main(${JSON.stringify(url)}, "node20").then((wrong) => console.log(JSON.stringify(wrong)));`;
      await writeFile(file, `${await bundle(module, { format: "esm" })}\n${call}`);
      const { stdout } = await promisify(execFile)(node20, [file]);
      return JSON.parse(stdout);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
  async browser() {
    let wrong;
    await withPage(async (page) => {
      page.setDefaultTimeout(0);
      await page.goto(url);
      await addModule(page, module);
      wrong = await page.evaluate((url) => globalThis.module.main(url, "browser"), url);
    });
    return wrong;
  },
};

const wrong = await runs[where]();
for (const what of wrong) console.error(what);
process.exitCode = wrong.length === 0 ? 0 : 1;
