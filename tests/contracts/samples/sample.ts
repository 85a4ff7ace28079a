import { readFile } from 'node:fs/promises';

export type Id = string | number;

export interface Store<T> {
  get(id: Id): Promise<T>;
}

export enum Level {
  Low,
  High,
}

@injectable()
export class MemoryStore<T> implements Store<T> {
  private readonly items = new Map<Id, T>();

  constructor(private readonly name: string) {}

  async get(id: Id): Promise<T> {
    return this.items.get(id)!;
  }
}

export abstract class Shape {
  abstract area(): number;
}

namespace Geometry {
  export function area(side: number): number {
    return side * side;
  }
}

declare function legacy(path: string): void;

export const load = async (path: string): Promise<string> => {
  return readFile(path, 'utf8');
};
