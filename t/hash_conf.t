# A wrong trade_hash or trade_hash_status is refused, with file and line.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;

my $t = Trade->new;
my $n = $t->nginx('');

sub check {
    my ($upstream, $workers, $status) = @_;
    $n->configure(<<'EOF' =~ s/%%UPSTREAM%%/$upstream/r =~ s/%%WORKERS%%/$workers \/\/ 1/er =~ s/%%STATUS%%/$status \/\/ ''/er);
%%HASH_GLOBALS%%
worker_processes %%WORKERS%%;
events {}
http {
    %%GLOBALS_HTTP%%
    upstream backend {
        %%UPSTREAM%%
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://backend; }
        location /status { %%STATUS%% }
    }
}
EOF
    return $n->check;
}

my $a = 'server 127.0.0.1:81;';
my $many = join ' ', map { "server 127.0.0.$_:81 weight=6553;" } 1 .. 4;

for my $case (
    ['an upstream without a key', "trade_hash; $a", 'invalid number of arguments in "trade_hash" directive', 7],
    ['a parameter in place of the key', "trade_hash bounded=1.25; $a", 'no key', 7],
    ['points in place of the key', "trade_hash points=160; $a", 'no key', 7],
    ['an empty key', "trade_hash ''; $a", 'no key', 7],
    ['a bound below 1.01', "trade_hash \$uri bounded=1; $a", '"bounded=1" must be from 1.01 to 10', 7],
    ['a bound of 1.009', "trade_hash \$uri bounded=1.009; $a", '"bounded=1.009" must be from 1.01 to 10', 7],
    ['a bound above 10', "trade_hash \$uri bounded=10.01; $a", '"bounded=10.01" must be from 1.01 to 10', 7],
    ['a bound that is no number', "trade_hash \$uri bounded=1,2; $a", '"bounded=1,2" must be from 1.01 to 10', 7],
    ['a bound without a value', "trade_hash \$uri bounded=; $a", '"bounded=" must be from 1.01 to 10', 7],
    ['no points', "trade_hash \$uri points=0; $a", '"points=0" must be from 1 to 4194304', 7],
    ['points that are no number', "trade_hash \$uri points=x; $a", '"points=x" must be from 1 to 4194304', 7],
    ['too many points', "trade_hash \$uri points=4194305; $a", '"points=4194305" must be from 1 to 4194304', 7],
    ['two bounds', "trade_hash \$uri bounded=2 bounded=2; $a", 'invalid parameter "bounded=2"', 7],
    ['an unknown parameter', "trade_hash \$uri consistent; $a", 'invalid parameter "consistent"', 7],
    ['an unknown variable', "trade_hash \$nothing; $a", 'unknown "nothing" variable', 0],
    ['two trade_hash', "trade_hash \$uri;\ntrade_hash \$uri; $a", '"trade_hash" directive is duplicate', 8],
    ['a backup server behind it', "trade_hash \$uri;\n$a\nserver 127.0.0.2:81 backup;",
        'balancing method does not support parameter "backup"', 9],
    ['a backup server before it', "$a\nserver 127.0.0.2:81 backup;\ntrade_hash \$uri;",
        '"trade_hash" does not support parameter "backup" of server "127.0.0.2:81"', 9],
    ['another method before it', "least_conn;\ntrade_hash \$uri; $a",
        'another load balancing method, or "keepalive", stands before "trade_hash"', 8],
    ['another method behind it', "trade_hash \$uri;\n$a\nhash \$uri consistent;",
        'upstream "backend" has another load balancing method behind "trade_hash"', 7],
    ['a weight above 65535', "trade_hash \$uri points=1;\nserver 127.0.0.1:81 weight=65536;",
        '"trade_hash" takes no weight above 65535: server "127.0.0.1:81" of upstream "backend"', 7],
    ['a ring of more than 2^22 points', "trade_hash \$uri points=161; $many",
        'the ring of upstream "backend" would have 4220132 points, and may have 4194304: '
        . 'lower the weights or "points="', 7],
    ['no server', "trade_hash \$uri;", 'no servers are inside upstream', 0],
) {
    my ($name, $upstream, $error, $line) = @$case;
    my ($ok, $said) = check($upstream);
    ok(!$ok, "$name is refused");
    like($said, qr/\[emerg\].*\Q$error\E/, "$name: nginx says why");
    like($said, qr/\Q$error\E.* in \S*nginx\.conf:$line$/m, "$name: nginx says where") if $line;
}

for my $case (
    ['an unknown form of the status', 'trade_hash_status xml;', 'invalid parameter "xml": it must be "json" or "metrics"'],
    ['two forms of the status', 'trade_hash_status json metrics;', 'invalid number of arguments in "trade_hash_status" directive'],
    ['two status of a location', 'trade_hash_status; trade_hash_status json;', '"trade_hash_status" directive is duplicate'],
) {
    my ($name, $status, $error) = @$case;
    my ($ok, $said) = check("trade_hash \$uri; $a", 1, $status);
    ok(!$ok, "$name is refused");
    like($said, qr/\[emerg\].*\Q$error\E.* in \S*nginx\.conf:12$/m, "$name: nginx says why, and where");
}

for my $case (
    ['the least bound', "trade_hash \$uri bounded=1.01; $a"],
    ['the greatest bound', "trade_hash \$uri bounded=10; $a"],
    ['a bound of three decimals, and points', "trade_hash \$uri points=40 bounded=1.125; $a"],
    ['a ring of nearly 2^22 points', "trade_hash \$uri; $many"],
    ['keepalive behind it', "trade_hash \$uri; $a keepalive 16;"],
    ['a zone', "zone backend 64k; trade_hash \$uri bounded=1.25; $a", 4],
    ['no bound and no zone', "trade_hash \$uri; $a", 4],
    ['a bound without a zone in one worker', "trade_hash \$uri bounded=1.25; $a", 1],
) {
    my ($name, @conf) = @$case;
    my ($ok, $said) = check(@conf);
    ok($ok, "$name is taken") or diag($said);
    unlike($said, qr/\[warn\]/, "$name gives no warning");
}

my ($ok, $said) = check("trade_hash \$uri bounded=1.25; $a", 4);
ok($ok, 'a bound without a zone in four workers is taken') or diag($said);
like($said, qr/\[warn\] .*upstream "backend" has no "zone", so each of the 4 workers keeps "bounded=" by its own requests only, in \S*nginx\.conf:7$/m,
    'a bound without a zone in four workers gives a warning');

done_testing;
