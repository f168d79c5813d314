// What uses the types that are generated of the document of `job`. That it compiles is the test.
import type { JobsEventsErrors, JobsEventsResponses } from "./hey-api";
import type { operations } from "./openapi-typescript";

type Events = operations["jobsEvents"]["responses"]["200"]["content"]["text/event-stream"];

// Comparing the name narrows the data, and no event is forgotten.
function told(event: Events): string {
  // @ts-expect-error: only one of them has it.
  void event.data.percent;
  switch (event.event) {
    case "progress":
      return `${event.data.step satisfies "writing" | "hashing"}: ${event.data.percent.toFixed()} %`;
    case "finished":
      return `${event.data.mebibytes.toFixed()} MiB: ${event.data.sha256}`;
    case "failed":
    case "cancelled":
      return event.data.detail;
    case "problem":
      return event.data.detail ?? event.data.title;
    default:
      return event satisfies never;
  }
}

// The other generator sees the same events, no fewer and no more.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
true satisfies Same<JobsEventsResponses[200], Events>;
const toldAgain: (event: JobsEventsResponses[200]) => string = told;

const status: (refused: JobsEventsErrors[400]) => number = (problem) => problem.status;

void [toldAgain, status];
