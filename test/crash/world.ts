import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startTemporal, type TemporalServer } from '../setup/temporal';

/** What all trials share: Temporal's dev server on one database file, and the rows. */
export class World {
  private constructor(
    readonly folder: string,
    private server: TemporalServer,
    public client: Client,
  ) {}

  static async start(rows: string): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'continual-crash-'));
    writeFileSync(join(folder, 'rows.csv'), rows);
    const server = await startTemporal({ dbFile: join(folder, 'temporal.db') });
    return new World(folder, server, connect(server));
  }

  get address(): string {
    return this.server.address;
  }

  get rows(): string {
    return join(this.folder, 'rows.csv');
  }

  /** kill -9, then a new server on the same database file and ports. */
  async killServer(): Promise<void> {
    await this.server.kill9();
    await this.client.connection.close();
    const { port, uiPort } = this.server;
    this.server = await startTemporal({ dbFile: join(this.folder, 'temporal.db'), port, uiPort });
    this.client = connect(this.server);
  }

  async stop(): Promise<void> {
    await this.client.connection.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const connect = ({ address }: TemporalServer): Client => new Client({ connection: Connection.lazy({ address }) });
