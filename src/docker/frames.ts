import { OakumError } from "../core/errors.ts";

/** A piece of what an exec wrote; never longer than one frame. */
export interface Output {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

const HEADER = 8;

/**
 * Takes the engine's multiplexed stream apart (Engine API, "Stream format": one byte for the
 * stream, three of padding, four for the length). Reads no faster than it is read from. Throws when
 * the stream ends inside a frame; one that is cut on a frame's border ends like a whole one.
 */
export async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Output> {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  let headerBytes = 0;
  let payload = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (payload === 0) {
        const take = Math.min(HEADER - headerBytes, chunk.length - at);
        header.set(chunk.subarray(at, at + take), headerBytes);
        headerBytes += take;
        at += take;
        if (headerBytes < HEADER) break;
        payload = view.getUint32(4);
        headerBytes = 0;
        if (payload === 0) continue;
      }
      const take = Math.min(payload, chunk.length - at);
      yield { stream: header[0] === 2 ? "stderr" : "stdout", data: chunk.subarray(at, at + take) };
      payload -= take;
      at += take;
    }
  }
  if (payload > 0 || headerBytes > 0) {
    throw new OakumError("stream-cut", "failed", "The stream from Docker was cut in mid-frame.", {
      hint: "Was the container stopped, or the connection to Docker lost?",
    });
  }
}
