import { formatDate, formatTime, microsOfUuidV7, parseDate, parseTime } from '../src';

describe('parseTime', () => {
  test.each([
    ['2026-04-16T14:30:00.123456+00:00', 1776349800123456],
    ['2026-04-16T14:30:00Z', 1776349800000000],
    ['2026-04-16 14:30:00.5', 1776349800500000],
    ['2026-04-16T23:30+09:00', 1776349800000000],
    ['2026-04-16T10:30:00-0400', 1776349800000000],
    ['2024-02-29T00:00:00Z', 1709164800000000],
    ['1969-12-31T23:59:59.999999Z', -1],
  ])('reads %s to the microsecond', (text, micros) => {
    expect(parseTime(text)).toBe(micros);
  });

  test.each([
    ['2026-02-30T00:00:00Z'],
    ['2025-02-29T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-04-16T24:00:00Z'],
    ['2026-04-16T23:59:60Z'],
    ['2026-04-16T14:30:00.1234567Z'],
    ['2026-04-16T14:30:00+25:00'],
    ['2026-04-16'],
    ['1776349800'],
    ['yesterday'],
    [''],
  ])('refuses %s, which names no moment in this form', (text) => {
    expect(parseTime(text)).toBeNull();
  });

  test('formatTime writes what parseTime read, with six digits and +00:00', () => {
    expect(formatTime(parseTime('2026-04-16T14:30:00.000007Z') as number)).toBe(
      '2026-04-16T14:30:00.000007+00:00',
    );
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59.999999+00:00');
  });

  test('the day of a time is that of UTC', () => {
    expect(formatDate(parseTime('2026-04-17T01:00:00+09:00') as number)).toBe('2026-04-16');
  });
});

test('dates are read with and without leading zeros, and only when there is such a day', () => {
  expect(parseDate('2026-4-6')).toBe('2026-04-06');
  expect(parseDate('2026-04-06')).toBe('2026-04-06');
  expect(
    ['2026-02-30', '2026-00-01', '26-04-06', '2026/04/06', '2026-04-06T00:00', ''].map(parseDate),
  ).toEqual(Array(6).fill(null));
});

test('only a version 7 UUID tells a time', () => {
  expect(microsOfUuidV7('019d9620-7c40-7000-8000-000000000000')).toBe(0x019d96207c40 * 1000);
  expect(microsOfUuidV7('019d9620-7c40-4000-8000-000000000000')).toBeNull();
});
