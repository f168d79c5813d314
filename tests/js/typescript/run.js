// Runs the `main` of a module here, in the oldest Node.js that is promised, or in a page:
// `node run.js node|node20|browser MODULE URL`. It fails where `main` returns anything that is wrong.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { withPage } from "../browser/page.js";

const [where, module, url] = process.argv.slice(2);
const node20 = fileURLToPath(new URL(`../node_modules/node-20-linux-${process.arch}/bin/node`, import.meta.url));
const entry = fileURLToPath(new URL(module, import.meta.url));

// The module with all that it imports, as one script.
async function bundle(options) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    target: "es2022",
    nodePaths: [fileURLToPath(new URL("../node_modules", import.meta.url))],
    define: { "process.env.NODE_ENV": '"development"' },
    ...options,
  });
  return outputFiles[0].text;
}

const runs = {
  // The sources as they are: Node.js takes the types away.
  async node() {
    const { main } = await import(pathToFileURL(entry).href);
    return await main(url, "node");
  },
  async node20() {
    const directory = await mkdtemp(join(tmpdir(), "sse-node-"));
    try {
      const file = join(directory, "bundle.mjs");
      const call = `main(${JSON.stringify(url)}, "node20").then((wrong) => console.log(JSON.stringify(wrong)));`;
      await writeFile(file, `${await bundle({ format: "esm" })}\n${call}`);
      const { stdout } = await promisify(execFile)(node20, [file]);
      return JSON.parse(stdout);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
  async browser() {
    const content = await bundle({ format: "iife", globalName: "module" });
    let wrong;
    await withPage(async (page) => {
      page.setDefaultTimeout(0);
      await page.goto(url);
      await page.addScriptTag({ content });
      wrong = await page.evaluate((url) => globalThis.module.main(url, "browser"), url);
    });
    return wrong;
  },
};

const wrong = await runs[where]();
for (const what of wrong) console.error(what);
process.exitCode = wrong.length === 0 ? 0 : 1;
