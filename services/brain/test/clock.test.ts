import { CaptureClock } from '../src/capture/clock';

test('times never repeat and never go back, also when the clock of the machine is set back', () => {
  jest.useFakeTimers({ now: 1_800_000_000_000 });
  try {
    const clock = new CaptureClock();
    const times = Array.from({ length: 1000 }, () => clock.now());
    jest.setSystemTime(1_700_000_000_000);
    times.push(clock.now());
    expect(new Set(times).size).toBe(1001);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    jest.setSystemTime(1_800_000_001_000);
    expect(clock.now()).toBe(1_800_000_001_000_000);
  } finally {
    jest.useRealTimers();
  }
});

test('times go on behind those of an earlier process, though the clock was set back between the two', () => {
  const earlier = new CaptureClock();
  jest.useFakeTimers({ now: 1_800_000_000_000 });
  try {
    const last = earlier.now();
    jest.setSystemTime(1_700_000_000_000);
    const clock = new CaptureClock();
    clock.goOnFrom(new Map([earlier.text]));
    expect(clock.now()).toBe(last + 1);
  } finally {
    jest.useRealTimers();
  }
});
