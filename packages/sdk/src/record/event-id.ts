/** Who an event is, and when it happened. */
export interface Stamp {
  /** A UUID of version 7. */
  readonly event_id: string;
  /** `2026-04-16T14:30:00.000000+00:00`. */
  readonly event_time: string;
}

/** How far the monotonic clock may be from the system's before it is set anew. */
const driftMaxMs = 50;
/** How far a clock may go back without being followed. */
const backMaxMicros = 1_000_000;
const randomPool = new Uint8Array(4096);
/** Bytes in two hexadecimal digits. */
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

let anchorMs = 0;
let anchorAt = 0;
let lastMicros = 0;
let poolAt = randomPool.length;
let formattedSecond = Number.NaN;
let formattedText = '';

/**
 * The id and the time of an event that happens now. Within a process both only ever grow (but where the
 * clock was set back), so that the order of ids and
 * times is the order of the calls.
 */
export function newStamp(): Stamp {
  const micros = nextMicros();
  return { event_id: uuidOf(micros), event_time: formatTime(micros) };
}

/** A UUID of version 7 of this moment, greater than all before it in this process. */
export function newEventId(): string {
  return uuidOf(nextMicros());
}

/** `2026-04-16T14:30:00.000Z`: the same moment to the millisecond, as agent events have it. */
export function toMillis(eventTime: string): string {
  return `${eventTime.slice(0, 23)}Z`;
}

function nextMicros(): number {
  const [wallMs, at] = [Date.now(), performance.now()];
  if (Math.abs(anchorMs + at - anchorAt - wallMs) > driftMaxMs) [anchorMs, anchorAt] = [wallMs, at];
  const micros = Math.floor((anchorMs + at - anchorAt) * 1000);
  // Only where somebody set the clock back by more does time begin anew.
  lastMicros = lastMicros - micros > backMaxMicros ? micros : Math.max(lastMicros + 1, micros);
  return lastMicros;
}

/** RFC 9562, 5.7 and 6.2 (method 3): what is below the millisecond leads the bits that are free. */
function uuidOf(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const time = ms.toString(16).padStart(12, '0');
  const belowMs = (0x7000 + (micros - ms * 1000) * 4).toString(16);
  if (poolAt + 8 > randomPool.length) {
    crypto.getRandomValues(randomPool);
    poolAt = 0;
  }
  let random = '';
  for (const end = poolAt + 8; poolAt < end; poolAt++) {
    random += hex[randomPool[poolAt] as number];
  }
  const variant = ((Number.parseInt(random.slice(0, 1), 16) & 0b0011) | 0b1000).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-${belowMs}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

function formatTime(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== formattedSecond) {
    formattedSecond = second;
    formattedText = new Date(second * 1000).toISOString().slice(0, 20);
  }
  return `${formattedText}${String(micros - second * 1_000_000).padStart(6, '0')}+00:00`;
}
