import { eventually } from '@fanfare/core/testing';

interface ListedConnection {
  readonly name: string;
  readonly user_provided_name?: string;
}

/** Has the broker close both connections of the bus with this name, as an operator or a failing node would. */
export async function closeRabbitMqConnections(managementUrl: string, busName: string): Promise<void> {
  const { origin, username, password } = new URL(managementUrl);
  const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` };

  const ours = await eventually(async () => {
    const response = await fetch(`${origin}/api/connections`, { headers });
    const listed = (await response.json()) as readonly ListedConnection[];
    const found = listed.filter((connection) => connection.user_provided_name?.startsWith(busName));
    expect(found).toHaveLength(2);
    return found;
  });
  for (const { name } of ours) {
    await fetch(`${origin}/api/connections/${encodeURIComponent(name)}`, { method: 'DELETE', headers });
  }
}
