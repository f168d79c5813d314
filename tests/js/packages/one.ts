// A program that uses one endpoint.
import { weather } from "@acme/streams-client/streams";

export const run = (show: (text: string) => void) =>
  weather.connect("").on({
    "clear-sky": ({ data }) => show(data),
    storm: ({ data }) => show(data),
    gap: () => undefined,
  });
