package Trade::Nemesis::Loss;

# Faults that take away acknowledged writes.  A loss befalls shard a, or the
# topic, and is over when it returns, in the middle of load.

use strict;
use warnings;

use File::Path qw(remove_tree);
use Trade::Process qw(wait_for);
use Trade::Proxy;

my $MEANWHILE = 2;      # seconds of orders that are lost

our %all = (
    'loss-flushall' => sub {
        my ($w) = @_;
        $w->{shards}{a}->cmd('FLUSHALL');
    },

    # before it was published, and with the workers that had it
    'loss-unpublished' => sub {
        my ($w) = @_;
        my $mark = $w->mark;
        $w->{kafka}->signal('STOP');
        $w->wait_seconds($MEANWHILE);
        $w->await($mark, '202');
        kill 'KILL', $w->{nginx}->workers;
        $w->{shards}{a}->cmd('FLUSHALL');
        $w->{kafka}->signal('CONT');
    },

    'loss-snapshot' => sub {
        my ($w) = @_;
        my $r = $w->{shards}{a};
        my $aof = "$r->{dir}/appendonlydir";
        system('cp', '-r', $aof, "$aof.old") == 0 or die "cp\n";
        $w->wait_seconds($MEANWHILE);
        $r->stop('KILL');
        remove_tree($aof);
        rename "$aof.old", $aof or die "rename: $!\n";
        $r->start;
    },

    # its link is cut some time before
    'loss-promoted' => sub {
        my ($w) = @_;
        my $old = $w->{shards}{a};
        my $link = Trade::Proxy->new(to => $old->address);
        my $new = $w->{test}->redis('replica', args =>
            ['--replicaof', split /:/, $link->address]);
        wait_for(sub { $new->cmd('INFO', 'replication') =~ /link_status:up/ }, 20)
            or die "no replica\n";
        $w->wait_seconds($MEANWHILE);
        $link->refuse;
        $link->cut;
        $w->wait_seconds($MEANWHILE);
        $old->stop('KILL');
        $new->cmd('REPLICAOF', 'NO', 'ONE');
        $w->{shards}{a} = $new;
        $w->{proxies}{a}->lead($new->address);
        $w->{proxies}{a}->cut;
    },

    'loss-topic' => sub {
        my ($w) = @_;
        $w->{kafka}->topic('delete', $w->{test}->topic);
        $w->{kafka}->make_topic($w->{test}->topic)
            or die "the topic is not made again\n";
    },
);

1;
