/** A file behind a URL that is read in byte ranges, each fetched once; counts what it transfers. */

export type Trouble = "missing" | "refused" | "no_range" | "changed" | "network" | "unreadable" | "too_large";

/** Why a file was not read. */
export class ReadError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Bytes up to which a server that ignores ranges may send the whole file. */
export const WHOLE_FILE = 8_000_000;

interface Block {
  start: number;
  end: number;
  body: Promise<ArrayBuffer>;
}

export class RangedFile {
  requests = 0;
  transferred = 0;
  private blocks: Block[] = [];

  constructor(
    readonly url: string,
    readonly byteLength: number,
    private readonly fetcher: typeof fetch = fetch.bind(globalThis),
  ) {}

  /** The bytes of a range; what lies within a range that was asked for before, whole or at its end, costs nothing. */
  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const whole = this.blocks.find((block) => block.start <= start && end <= block.end);
    const tail = this.blocks.find((block) => start < block.start && block.start < end && end <= block.end);
    if (!whole && tail) return joined(await Promise.all([this.slice(start, tail.start), this.slice(tail.start, end)]));
    const held = whole ?? this.ask(start, end);
    const body = await held.body;
    // A server without ranges has sent the whole file, and the block then starts at 0.
    return body.slice(start - held.start, end - held.start);
  }

  private ask(start: number, end: number): Block {
    const whole = () => Object.assign(block, { start: 0, end: this.byteLength });
    const block: Block = { start, end, body: this.request(start, end, whole) };
    this.blocks.push(block);
    block.body.catch(() => this.blocks.splice(this.blocks.indexOf(block), 1));
    return block;
  }

  private async request(start: number, end: number, whole: () => void): Promise<ArrayBuffer> {
    this.requests += 1;
    // Without `no-store` Chromium locks its cache entry: ranges of one URL wait for each other and are fetched twice.
    const answer = await this.fetcher(this.url, {
      headers: { Range: `bytes=${start}-${end - 1}` },
      cache: "no-store",
    }).catch((error: unknown) => {
      throw new ReadError("network", String(error));
    });
    if (answer.status === 404) throw new ReadError("missing", `HTTP 404 for ${this.url}`);
    if (answer.status === 416) throw new ReadError("changed", `HTTP 416 for bytes ${start}-${end - 1}`);
    if (!answer.ok) throw new ReadError("refused", `HTTP ${answer.status} for ${this.url}`);
    if (answer.status === 200 && this.byteLength > WHOLE_FILE) {
      await answer.body?.cancel();
      throw new ReadError("no_range", "the server ignores Range and would send the whole file");
    }
    const body = await answer.arrayBuffer().catch((error: unknown) => {
      throw new ReadError("network", String(error));
    });
    this.transferred += body.byteLength;
    const expected = answer.status === 200 ? this.byteLength : end - start;
    if (body.byteLength !== expected) {
      throw new ReadError("changed", `${body.byteLength} bytes arrived, ${expected} are recorded`);
    }
    if (answer.status === 200) whole();
    return body;
  }
}

function joined([first, second]: [ArrayBuffer, ArrayBuffer]): ArrayBuffer {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(new Uint8Array(first));
  both.set(new Uint8Array(second), first.byteLength);
  return both.buffer;
}
