// The page in the hidden frame needs nothing but the answer in its address.
if (location.pathname === "/login/silent") {
  void import("./auth/silent").then(({ answer }) => answer());
} else {
  void import("./app").then(({ start }) => start());
}
