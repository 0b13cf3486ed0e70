// Keeps a part that fails from taking the rest of the page with it.

import { Component } from "preact";

export class Safe extends Component {
  state = { error: null };

  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidCatch(error) {
    console.error(error);
  }

  render({ children }, { error }) {
    if (!error) return children;
    return <p class="failed">This part of the report could not be shown: {String(error.message)}</p>;
  }
}
