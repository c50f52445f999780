# Configurations that nobody wrote: mutations, which a seed decides, of one that
# has all directives and of conf/nginx.conf.  nginx -t takes each or says what
# is wrong and where; it never crashes.
#
# FUZZ_SEED and FUZZ_RUNS, or FUZZ_SECONDS, say how many.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Process qw(slurp spew);

my $t = Trade->new;
my $seed = $ENV{FUZZ_SEED} // 1;
srand $seed;

my $whole = <<'EOF';
%%GLOBALS%%
events { worker_connections 64; }
http {
    %%GLOBALS_HTTP%%
    client_max_body_size 1m;
    trade_zone main:16m;
    trade_lease 7s;
    trade_order_keep 7d;
    trade_pending max=1000;
    trade_timeout 2s;
    trade_body_max 16k;
    trade_max_quantity 1000;
    trade_max_items 50;
    trade_key_required on;
    trade_buyer $http_x_buyer;
    trade_redis stock {
        server 127.0.0.1:7001 name=a weight=1;
        server 127.0.0.1:7002 name=b;
        server unix:/tmp/redis.sock name=c weight=1000;
        include shards.conf;
        user gateway;
        password_file password;
        ssl on;
        ssl_verify on;
        ssl_name redis.test;
        ssl_trusted_certificate own.crt;
        ssl_certificate own.crt;
        ssl_certificate_key own.key;
        connect_timeout 1s;
        timeout 1s;
        connections 2;
        durability 1 500ms;
    }
    trade_kafka orders {
        brokers 127.0.0.1:9092,127.0.0.1:9093;
        topic orders;
        source /shop;
        key buyer_id;
        property compression.codec lz4;
        property linger.ms 1;
        property message.timeout.ms 4000;
        property message.max.bytes 1000000;
        property enable.idempotence true;
        property acks all;
        property security.protocol plaintext;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $sample = slurp("$Trade::root/conf/nginx.conf");
$sample =~ s/^ *(?:error_log|pid|access_log) .*\n//mg;
$sample =~ s/^worker_processes/%%GLOBALS%%\n$&/m;
$sample =~ s/^http \{/$&\n    %%GLOBALS_HTTP%%/m;
$sample =~ s/127\.0\.0\.1:8080/127.0.0.1:%%PORT%%/;

my $n = $t->nginx($whole);
spew("$n->{dir}/password", "secret\n");
spew("$n->{dir}/shards.conf", "server [::1]:7003 name=d;\n");
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
    . "-days 2 -subj /CN=own -keyout $n->{dir}/own.key -out $n->{dir}/own.crt "
    . '2>/dev/null') == 0 or die "openssl: $?\n";

# Words to put in place of others: the words of the configurations, and odd
# ones.
my @words = (qw(0 1 -1 00 1.5 65536 2147483648 4294967297 9223372036854775808
    18446744073709551616 x on off 0s 0ms 1y 99999999999d 0k 999g max= max=0
    name= name=a weight= weight=0 weight=1001 $ ${ $x ${http_x_buyer} { } ; \\),
    '#', '""', "''", '"', "'", '"a b"', 'n' x 65, 't' x 250, 'x' x 5000,
    "\xff\xfe", "\0", "\r", grep { !/%%|^\d+\./ } "$whole $sample" =~ /([^\s;{}]+)/g);

# Directives of nginx itself: where it listens and writes; names that would ask
# a resolver.
my $fixed = qr/%%|^\s*(?:listen|log_format|worker_\w+)\b/;
my $abroad = qr{ ^\s*server\s+ (?!127\.|\[|unix:) [^\s;\{]
    | ^\s*listen\s+ (?!127\.) | \b(?:\w+_pass|\w+_log|resolver|pid|plugin)\b }mx;

# Messages of nginx itself, without a place.
my $placeless = qr/no "events" section|unknown "[^"]*" variable/;

sub word { $words[rand @words] }

sub mutated {
    my @lines = split /^/m, rand() < 0.7 ? $whole : $sample;
    for (1 .. 1 + rand 1.5) {
        my $at = int rand @lines;
        next if $lines[$at] =~ $fixed;
        my $what = int rand 20;
        if ($what < 2) { splice @lines, $at, 1 }
        elsif ($what < 4) { splice @lines, $at, 0, $lines[rand @lines] }
        elsif ($what < 6) { $lines[$at] .= splice @lines, rand @lines, 1 }
        elsif ($what < 7) { $#lines = $at }
        elsif ($what < 9) { substr $lines[$at], rand length $lines[$at], 1, chr rand 256 }
        elsif ($what < 11) { $lines[$at] =~ s/(?<=\S) /' ' . word() . ' '/e }
        else {
            my @tokens = split /([\s;{}]+)/, $lines[$at];
            $tokens[rand @tokens] = word();
            $lines[$at] = join '', @tokens;
        }
    }
    return join '', @lines;
}

my ($tried, $taken, $wrong) = (0, 0, 0);
my $end = time + ($ENV{FUZZ_SECONDS} // 0);
my $runs = $ENV{FUZZ_SECONDS} ? 1e9 : $ENV{FUZZ_RUNS} // 60;

while ($tried < $runs && $wrong < 3 && (!$ENV{FUZZ_SECONDS} || time < $end)) {
    my $conf = mutated();
    next if $conf =~ $abroad || 2 != (() = $conf =~ /%%GLOBALS(?:_HTTP)?%%/g);
    $n->configure($conf);
    my ($ok, $said, $status) = $n->check;
    my @reports = glob "$n->{dir}/asan* $n->{dir}/ubsan*";
    $tried++;
    $taken += $ok;
    next if !@reports && ($ok || $status == 1 << 8
        && $said =~ /^(?:nginx|angie): \[emerg\] (?:.* in \S+:\d+\b|$placeless)/ms);
    $wrong++;
    diag("status $status: $said", map({ slurp($_) } @reports),
        slurp("$n->{dir}/nginx.conf"));
    unlink @reports;
}
unlink "$n->{dir}/error.log";       # its [emerg] is what was asked for

note("seed $seed: $tried configurations, $taken taken");
is($wrong, 0, 'nginx takes each configuration, or refuses it and names the place') or diag("seed $seed");
SKIP: {
    skip('a few configurations tell nothing', 2) if $tried < 40;
    cmp_ok($taken, '>', $tried / 20, 'nginx takes some configurations');
    cmp_ok($taken, '<', $tried * 19 / 20, 'nginx refuses some configurations');
}

$t->done;
