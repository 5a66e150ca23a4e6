/** Text in UTF-16 with its mark at the front, as Windows writes it. */
export function utf16Text(bytes: Uint8Array): string {
  return decoderFor(bytes).decode(bytes.subarray(0, bytes.length & ~1));
}

function decoderFor(start: Uint8Array): TextDecoder {
  return new TextDecoder(start[0] === 0xfe ? "utf-16be" : "utf-16le");
}

/** The same as a stream of UTF-8, without the mark; `onText` hears of each piece. */
export async function* utf8OfUtf16(
  chunks: AsyncIterable<Uint8Array>,
  onText: (text: string) => void,
): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    decoder ??= decoderFor(chunk);
    const text = decoder.decode(chunk, { stream: true });
    onText(text);
    if (text !== "") yield encoder.encode(text);
  }
  const rest = decoder?.decode() ?? "";
  onText(rest);
  if (rest !== "") yield encoder.encode(rest);
}
