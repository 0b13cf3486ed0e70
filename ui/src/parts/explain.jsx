// A small "?" beside a number that says, where it stands, what the number means.

export function Explain({ what, children }) {
  return (
    <details class="explain" onKeyDown={closeOnEscape}>
      <summary aria-label={`What is ${what}?`} title={`What is ${what}?`}>
        ?
      </summary>
      <div class="explain-text">{children}</div>
    </details>
  );
}

function closeOnEscape(event) {
  if (event.key !== "Escape" || !event.currentTarget.open) return;
  event.preventDefault();
  event.currentTarget.open = false;
  event.currentTarget.firstElementChild.focus();
}
