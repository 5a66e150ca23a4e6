import { Channel } from "./channel.ts";
import { type Page, pageOn } from "./page.ts";

/** What a view writes into a pipe, as one text: for a file. */
export function pageText(view: (page: Page) => void, now: Date, verbose: boolean): string {
  const decoder = new TextDecoder();
  let text = "";
  const sink = {
    writeSync: (bytes: Uint8Array) => {
      text += decoder.decode(bytes, { stream: true });
      return bytes.length;
    },
    isTerminal: () => false,
  };
  const channel = new Channel({ sink, colour: false, columns: () => 80 });
  view(pageOn(channel, now, verbose));
  return text;
}
