
mod webhook_url;
