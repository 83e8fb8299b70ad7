import { InvalidInput } from '../../contracts';
import { probeStore } from '../../registry';
import { asText, onEachStore, text } from './stores';

onEachStore((fresh) => {
  test('what was written is read back, byte for byte', async () => {
    const store = fresh();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 31) % 256));
    await store.put('snapshots/a.parquet', bytes);
    expect(Buffer.from((await store.get('snapshots/a.parquet'))!).equals(bytes)).toBe(true);
    await store.put('empty', new Uint8Array());
    expect((await store.get('empty'))!.length).toBe(0);
  });

  test('an object that is not there is null, and so is the beginning of a key', async () => {
    const store = fresh();
    expect(await store.get('nothing/here')).toBeNull();
    await store.put('a/b/c', text('x'));
    expect(await store.get('a/b')).toBeNull();
  });

  test('create writes once and leaves what is there', async () => {
    const store = fresh();
    expect(await store.create('a/1.json', text('first'))).toBe(true);
    expect(await store.create('a/1.json', text('second'))).toBe(false);
    expect(asText(await store.get('a/1.json'))).toBe('first');
  });

  test('of fifty racing creators exactly one wins, and it is its bytes that stand', async () => {
    const store = fresh();
    const wins = await Promise.all(Array.from({ length: 50 }, (_, at) => store.create('race/1.json', text(`creator ${at}`))));
    expect(wins.filter(Boolean)).toHaveLength(1);
    expect(asText(await store.get('race/1.json'))).toBe(`creator ${wins.indexOf(true)}`);
    expect(await store.list('')).toEqual(['race/1.json']);
  });

  test('put replaces, remove removes, and removing nothing is fine', async () => {
    const store = fresh();
    await store.put('page.html', text('old'));
    await store.put('page.html', text('new'));
    expect(asText(await store.get('page.html'))).toBe('new');
    await store.remove('page.html');
    await store.remove('page.html');
    await store.remove('never/there');
    expect(await store.get('page.html')).toBeNull();
    expect(await store.create('page.html', text('again'))).toBe(true);
  });

  test('a listing is in lexical order and holds what begins with the prefix', async () => {
    const store = fresh();
    const keys = ['a/10.json', 'a/2.json', 'a-b/1.json', 'a/b/c.json', 'ab.json', 'b/1.json'];
    for (const key of keys) await store.put(key, text(key));
    expect(await store.list('')).toEqual([...keys].sort());
    expect(await store.list('a/')).toEqual(['a/10.json', 'a/2.json', 'a/b/c.json']);
    expect(await store.list('a/b')).toEqual(['a/b/c.json']);
    expect(await store.list('a')).toEqual(['a-b/1.json', 'a/10.json', 'a/2.json', 'a/b/c.json', 'ab.json']);
    expect(await store.list('nothing/')).toEqual([]);
  });

  test.each(['', '/', 'a//b', '/a', 'a/', '../a', 'a/../../b', '.', 'a/.', 'a b', 'a\\b', 'a\0b', 'ä', '%2e%2e/a', 'a?b', '~writing/x'])(
    'the malformed key %j is refused',
    async (key) => {
      const store = fresh();
      await expect(store.get(key)).rejects.toThrow(InvalidInput);
      await expect(store.create(key, text('x'))).rejects.toThrow(InvalidInput);
      await expect(store.put(key, text('x'))).rejects.toThrow(InvalidInput);
      await expect(store.remove(key)).rejects.toThrow(InvalidInput);
    },
  );

  test.each(['/', '../', 'a//', 'a/../', 'a b/'])('the malformed prefix %j is refused', async (prefix) => {
    await expect(fresh().list(prefix)).rejects.toThrow(InvalidInput);
  });

  test('a probe of the store passes and leaves nothing behind', async () => {
    const store = fresh();
    await probeStore(store);
    expect(await store.list('')).toEqual([]);
  });
});
