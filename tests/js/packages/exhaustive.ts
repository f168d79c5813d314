// Handles all events that there are. A line that says which mistake it is, is one when there are more.
import { builds } from "builds-client";

const ignore = () => undefined;

export async function handlers() {
  await builds.changes.connect("").on({ started: ignore, passed: ignore, gap: ignore }); // TS2345
  await builds.messages.connect("").on({ started: ignore, passed: ignore, gap: ignore }); // TS2345
  await builds.lines.connect("").on({ started: ignore, passed: ignore, gap: ignore }); // TS2345
}

export async function switches() {
  for await (const item of builds.changes.connect("")) {
    if (item.kind !== "event") continue;
    switch (item.event) {
      case "started":
        item.data.at satisfies number | bigint;
        break;
      case "passed":
        break;
      default:
        item satisfies never; // TS1360
    }
  }
  for await (const item of builds.messages.connect("")) {
    if (item.kind !== "event") continue;
    const { data } = item;
    switch (data.type) {
      case "started":
        data.at satisfies number | bigint;
        break;
      case "passed":
        break;
      default:
        data satisfies never; // TS1360
    }
  }
  for await (const item of builds.lines.connect("")) {
    if (item.kind !== "event") continue;
    if (item.event === "started" || item.event === "passed") continue;
    item satisfies never; // TS1360
  }
}
