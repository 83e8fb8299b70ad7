import { userInfo } from 'node:os';

/** Who is at this machine, as its own system says; a container may know no name. */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unnamed';
  }
}
