// Makes forms quicker; each of them works without this.
(() => {
  document.querySelector("[data-errors]")?.focus();

  // What was left blank does not go into an address that people share.
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) {
      if (value !== "") continue;
      const told = event.formData.getAll(name).filter((one) => one !== "");
      event.formData.delete(name);
      for (const one of told) event.formData.append(name, one);
    }
  });

  const clamp = (number, input) => {
    const low = input.dataset.min === undefined ? -Infinity : Number(input.dataset.min);
    const high = input.dataset.max === undefined ? Infinity : Number(input.dataset.max);
    return Math.min(high, Math.max(low, number));
  };

  const show = (root) => {
    for (const stepper of root.querySelectorAll("[data-stepper]")) {
      stepper.classList.add("hs-stepper-on");
      for (const button of stepper.querySelectorAll("[data-step]")) button.hidden = false;
    }
  };
  show(document);

  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      const input = step.closest("[data-stepper]").querySelector("input");
      const by = Number(step.dataset.step);
      const now = Number.parseInt(input.value, 10) || 0;
      const next = (by > 0 ? Math.floor(now / by) + 1 : Math.ceil(now / -by) - 1) * Math.abs(by);
      input.value = String(clamp(next, input));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }

    // <button data-add="template-id">: the rows go before the button, with __n__ replaced by their number.
    const add = event.target.closest("[data-add]");
    if (add) {
      const template = document.getElementById(add.dataset.add);
      const number = Number(add.dataset.next ?? document.querySelectorAll(`[data-row-of="${add.dataset.add}"]`).length);
      const row = template.content.firstElementChild.cloneNode(true);
      for (const element of [row, ...row.querySelectorAll("*")]) {
        for (const { name, value } of [...element.attributes]) {
          if (value.includes("__n__")) element.setAttribute(name, value.replaceAll("__n__", number));
        }
      }
      row.dataset.rowOf = add.dataset.add;
      add.dataset.next = String(number + 1);
      add.before(row);
      show(row);
      row.querySelector("input, select, textarea")?.focus();
      return;
    }

    const remove = event.target.closest("[data-remove]");
    if (remove) {
      const row = remove.closest("[data-row-of]");
      const next = row.parentElement.querySelector("[data-add]");
      row.remove();
      next?.focus();
    }
  });

  for (const button of document.querySelectorAll("[data-add][hidden], [data-remove][hidden]")) button.hidden = false;

  // A second press while the first is on its way would send the form twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get") return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
  });

  // The browser keeps the page as it was left: coming back must be able to send again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) {
      delete form.dataset.sending;
      for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
    }
  });
})();
