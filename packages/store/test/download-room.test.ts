import { expect, it } from 'vitest';
import { DownloadRoom } from '../src/download-room.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Takes a place and tells when it was given. */
function take(room: DownloadRoom, size: number) {
  const taken: { place?: Awaited<ReturnType<DownloadRoom['take']>> } = {};
  void room.take(size).then((place) => {
    taken.place = place;
  });
  return taken;
}

it('gives memory while there is room', async () => {
  const room = new DownloadRoom({ bytes: 100, threads: 2 });
  expect((await room.take(60)).memoryLimit).toBe(60);
  expect((await room.take(40)).memoryLimit).toBe(40);
});

it('sends a download to the disk that has no room while few are on their way', async () => {
  const room = new DownloadRoom({ bytes: 100, threads: 2 });
  await room.take(60);
  expect((await room.take(60)).memoryLimit).toBe(0);
});

it('sends one that is larger than all room to the disk, however many are on their way', async () => {
  const room = new DownloadRoom({ bytes: 100, threads: 2 });
  for (let n = 0; n < 5; n++) await room.take(20);
  expect((await room.take(101)).memoryLimit).toBe(0);
});

it('lets a download wait for room while the network is busy, and smaller ones pass it', async () => {
  const room = new DownloadRoom({ bytes: 100, threads: 2 });
  const first = await room.take(30);
  await room.take(30);
  await room.take(30);
  const large = take(room, 40);
  expect((await room.take(10)).memoryLimit).toBe(10);
  expect(large.place).toBeUndefined();
  first.release();
  await turn();
  expect(large.place).toBeUndefined();
  await room.take(1); // there are four on their way again
  first.release();
  await turn();
  expect(large.place).toBeUndefined();
});

it('lets it wait while more wheels are here than threads unpack, and gives it the memory of one that is done', async () => {
  const room = new DownloadRoom({ bytes: 90, threads: 2 });
  const places = [await room.take(30), await room.take(30), await room.take(30)];
  for (const place of places) place.arrived();
  const next = take(room, 30);
  await turn();
  expect(next.place).toBeUndefined();
  places[0]!.release();
  await turn();
  expect(next.place?.memoryLimit).toBe(30);
});

it('sends what waits to the disk as soon as waiting would leave a network idle and a thread without work', async () => {
  const room = new DownloadRoom({ bytes: 90, threads: 2 });
  const places = [await room.take(30), await room.take(30), await room.take(30)];
  const next = take(room, 60);
  await turn();
  expect(next.place).toBeUndefined();
  places[0]!.arrived();
  await turn();
  expect(next.place?.memoryLimit).toBe(0);
});

it('counts a place once, however often it is given back', async () => {
  const room = new DownloadRoom({ bytes: 50, threads: 2 });
  const place = await room.take(50);
  place.release();
  place.release();
  place.arrived();
  expect((await room.take(50)).memoryLimit).toBe(50);
  expect((await room.take(1)).memoryLimit).toBe(0);
});

it('gives every download a place in the end, in whatever order they come and go', async () => {
  const room = new DownloadRoom({ bytes: 100, threads: 2 });
  let [open, done] = [0, 0];
  await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const place = await room.take((n * 37) % 110);
      open += place.memoryLimit;
      expect(open).toBeLessThanOrEqual(100);
      for (let turns = (n * 7) % 5; turns > 0; turns--) await turn();
      place.arrived();
      for (let turns = (n * 3) % 4; turns > 0; turns--) await turn();
      open -= place.memoryLimit;
      place.release();
      done += 1;
    }),
  );
  expect(done).toBe(200);
});
