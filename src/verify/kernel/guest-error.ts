/** What a guest, its kernel or its modules are not as they must be. */
export class GuestError extends Error {}
