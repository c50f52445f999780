# The ring of lib/ names the owner that nginx's own `hash ... consistent` picks,
# for every key: stock nginx proxies each key to a listener that says its name.
# (An empty key has no owner there: nginx goes round robin.)

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(free_port spew);

my $t = Trade->new;
my @tcp = map { "127.0.0.$_:" . free_port() } 1 .. 10;
my @unix = map { "unix:" . $t->dir . "/ring$_.sock" } 1 .. 3;

my %rings = (
    'one server' => [[$tcp[0], 1]],
    'two servers' => [map { [$_, 1] } @tcp[0, 1]],
    'two servers, 9 to 1' => [[$tcp[0], 9], [$tcp[1], 1]],
    'three servers, the first one last' => [map { [$_, 1] } @tcp[2, 1, 0]],
    'five servers, weights 1 to 5' => [map { [$tcp[$_ - 1], $_] } 1 .. 5],
    'ten servers' => [map { [$_, 1] } @tcp],
    'ten servers, weights' => [map { [$tcp[$_], 1 + $_ * 7 % 10] } 0 .. 9],
    'unix sockets' => [map { [$_, 1] } @unix],
    'unix sockets and addresses, weights' =>
        [[$unix[0], 3], [$tcp[0], 2], [$unix[1], 1], [$tcp[1], 100]],
);
my @rings = sort keys %rings;

my $upstreams = join "\n", map {
    my $servers = join '', map { "server $_->[0] weight=$_->[1] max_fails=0; " }
        @{ $rings{ $rings[$_] } };
    "    upstream ring$_ { hash \$http_key consistent; $servers keepalive 16; }"
} 0 .. $#rings;
my $locations = join "\n", map {
    "        location = /ring$_ { proxy_pass http://ring$_; }"
} 0 .. $#rings;
my $owners = join "\n", map {
    qq(    server { listen $_; keepalive_requests 1000000; add_header Owner $_; return 204; })
} @tcp, @unix;

my $n = $t->nginx(<<'EOF', UPSTREAMS => $upstreams, LOCATIONS => $locations, OWNERS => $owners)->start;
pid %%TESTDIR%%/nginx.pid;
error_log %%TESTDIR%%/error.log info;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
%%UPSTREAMS%%
%%OWNERS%%
    server {
        listen 127.0.0.1:%%PORT%%;
%%LOCATIONS%%
    }
}
EOF

srand 2024;
my @keys = (
    '0', "\x01", "\xff\xfe", "caf\xc3\xa9", '{s1}', 's4096', 'S1', 'a' x 500,
    '127.0.0.1:6379', 'unix:/tmp/a.sock', 'sku:1001', 'a b', 'a%20b', '&key=', '?', '#',
    (map { "s$_" } 0 .. 4095),
    (map { join '', map { chr 33 + int rand 94 } 0 .. rand 64 } 1 .. 2000),
);

for my $i (0 .. $#rings) {
    my @nodes = @{ $rings{ $rings[$i] } };
    my @theirs = map { $_->{owner} // () } $n->get_keys("/ring$i", @keys);
    my @ours = owners("$n->{dir}/keys", \@nodes, @keys);
    is(scalar @theirs, scalar @keys, "$rings[$i]: nginx has answered");
    my @differ = grep { $theirs[$_] ne $ours[$_] } 0 .. $#theirs;
    is(scalar @differ, 0, 'and ' . @keys . ' keys have the owner it picks')
        or diag("'$keys[$differ[0]]': nginx $theirs[$differ[0]], lib $ours[$differ[0]]");
    my %used = map { $_ => 1 } @theirs;
    is(scalar keys %used, scalar @nodes, 'each server owns some keys');
}

is_deeply([owners("$n->{dir}/keys", [map { ["127.0.0.1:$_", 1] } 6379 .. 6381],
    'sku:1', 'sku:2', 'sku:3', 'sku:1001', 'iphone')],
    [map { "127.0.0.1:$_" } 6381, 6381, 6381, 6380, 6380], 'five keys have the owners that this test names');

$t->done;

# The servers that lib/ says own keys.
sub owners {
    my ($file, $nodes, @keys) = @_;
    spew($file, join '', map { "$_\n" } @keys);
    open my $out, '-|', 'sh', '-c', 'exec "$@" <"$0"', $file,
        "$ENV{TRADE_OUT}/t/ring_owner", map { "$_->[0]=$_->[1]" } @$nodes or die $!;
    chomp(my @owners = <$out>);
    return @owners;
}
