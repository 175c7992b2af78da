import { Observable, of as just } from 'rxjs';
import type { Config } from './config';
import * as path from 'node:path';

export const DEFAULT_DELAY = 250;

/** What listeners get. */
export interface StoreEvent<T> {
  readonly key: string;
  value: T;
  toJSON(): string;
}

export type Listener<T> = (event: StoreEvent<T>) => void;

export enum Mode { Fast, Slow }

declare module 'legacy' {
  export function connect(url: string): void;
}

namespace Internal {
  export function hash(text: string): number { return text.length; }
}

/**
 * Keeps values and tells about changes.
 */
@Injectable({ providedIn: 'root' })
export abstract class Store<T> implements Disposable {
  private readonly listeners = new Set<Listener<T>>();

  constructor(private config: Config) {}

  get size(): number { return this.listeners.size; }

  /** Subscribes a listener. */
  @log()
  subscribe(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected abstract load(key: string): Promise<T>;

  emit = (event: StoreEvent<T>): void => {
    // order matters
    for (const listener of this.listeners) listener(event);
  };
}

export function wrap(value: string): Observable<string>;
export function wrap(value: number): Observable<number>;
export function wrap(value: any): Observable<any> {
  return just(path.join(value));
}
