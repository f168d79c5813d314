// `node node.ts URL`
import { run } from "./run.ts";

const { argv } = (globalThis as unknown as { process: { argv: readonly string[] } }).process;
await run(argv[2] ?? "");
