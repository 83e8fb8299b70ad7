import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The Temporal UI as a person uses it: by the labels of its fields and buttons. */
export class TemporalUi {
  constructor(
    private readonly page: Page,
    private readonly address: string,
  ) {}

  /** Fills in the form "Start Workflow" and sends it; an empty input is left empty. */
  async start(workflow: string, id: string, queue: string, input: string): Promise<void> {
    await this.goto('/start-workflow');
    const form = this.page.getByRole('main');
    await form.getByRole('textbox', { name: 'Workflow ID' }).fill(id);
    await form.getByRole('textbox', { name: 'Task Queue' }).fill(queue);
    await form.getByRole('textbox', { name: 'Workflow Type' }).fill(workflow);
    await send(form, 'Start Workflow', input);
    await this.page.getByText('Workflow started successfully').first().waitFor();
  }

  /** The page of a run, on one of its tabs. */
  async open(id: string, tab?: 'Queries' | 'User Metadata'): Promise<void> {
    await this.goto(`/${id}`);
    if (tab) await this.page.getByRole('tab', { name: tab }).click();
  }

  /** Waits until the page of a run shows that it has ended so. */
  async ended(id: string, status: 'Completed' | 'Failed'): Promise<string> {
    await this.open(id);
    await this.page.getByRole('status').getByText(status, { exact: true }).first().waitFor();
    const result = this.page.getByRole('textbox', { name: 'Result' });
    await result.getByText(/[{[]/).first().waitFor();
    return result.innerText();
  }

  /** The rendered Markdown of a run's current details, once it contains the text. */
  async details(id: string, text: string): Promise<FrameLocator> {
    await this.open(id, 'User Metadata');
    const details = this.page.frameLocator('iframe');
    await details.getByText(text).first().waitFor();
    return details;
  }

  /** Picks a Signal from the list, returns the description that stood beside it, and sends it. */
  signal(id: string, name: string, input: string): Promise<string> {
    return this.message(id, 'Send a Signal', 'Select a signal', name, input, (form) => form.waitFor({ state: 'hidden' }));
  }

  /** Sends an Update; `answered` says what the form must then show. */
  update(id: string, name: string, input: string, answered: (form: Locator) => Promise<void>): Promise<string> {
    return this.message(id, 'Send an Update', 'Select an Update', name, input, answered);
  }

  /** Runs a query and returns its result, once it contains the text. */
  async query<T>(id: string, name: string, text: string): Promise<T> {
    await this.open(id, 'Queries');
    const tab = this.page.getByRole('main');
    await tab.getByText('Query Type').first().waitFor();
    const type = tab.getByRole('button', { name: /^(approvals|evidence|status|__)/ }).first();
    if ((await type.innerText()).trim() !== name) {
      await type.click();
      await tab.getByRole('option', { name: new RegExp(`^${name}\\b`) }).click();
    }
    await tab.getByRole('button', { name: 'Run Query' }).press('Enter');
    const result = tab.getByRole('textbox', { name: 'Query Result' });
    await result.getByText(text).first().waitFor();
    return JSON.parse(await result.innerText()) as T;
  }

  /** Shows Markdown as the UI shows a run's details. */
  async render(markdown: string): Promise<Locator> {
    await this.page.goto(`${this.address}/render?content=${encodeURIComponent(markdown)}`, { waitUntil: 'load' });
    return this.page.getByRole('main');
  }

  private async message(
    id: string, action: string, select: string, name: string, input: string, answered: (form: Locator) => Promise<void>,
  ): Promise<string> {
    // A fresh page each time: the UI's long polls pile up on one page until a Signal finds no connection left.
    await this.open(id);
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByRole('menuitem', { name: action }).click();
    const form = this.page.getByRole('dialog', { name: action });
    await form.getByRole('button', { name: select }).click();
    const option = form.getByRole('option', { name: new RegExp(`^${name}\\b`) });
    const description = await option.innerText();
    await option.click();
    await send(form, 'Submit', input);
    await answered(form);
    return description;
  }

  private async goto(path: string): Promise<void> {
    await this.page.goto(`${this.address}/namespaces/default/workflows${path}`, { waitUntil: 'load' });
  }
}

/** The editor reformats its JSON when it loses the focus, which moves the button away from a mouse. So: the keyboard. */
async function send(form: Locator, button: string, input: string): Promise<void> {
  if (input !== '') await form.getByRole('textbox', { name: 'Data' }).fill(input);
  await form.getByRole('button', { name: button, exact: true }).press('Enter');
}
