// The classes behind make(), a file each; only channel.cc includes this.
#pragma once

#include "approval/channel/channel.h"

namespace claw::channel {

std::unique_ptr<Channel> make_slack(Settings settings);
std::unique_ptr<Channel> make_discord(Settings settings);
std::unique_ptr<Channel> make_telegram(Settings settings);
std::unique_ptr<Channel> make_teams(Settings settings);
std::unique_ptr<Channel> make_email(Settings settings);
std::unique_ptr<Channel> make_pagerduty(Settings settings);
std::unique_ptr<Channel> make_webhook(Settings settings);

}  // namespace claw::channel
