"""The app store from the command line: an app of our own that speaks the public interfaces."""
